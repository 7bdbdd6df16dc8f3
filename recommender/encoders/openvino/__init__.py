"""Run models on OpenVINO: export, compile, choose a precision, encode."""
