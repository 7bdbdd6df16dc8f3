"""Answer over HTTP: an API and pages over one snapshot. It needs the extra `serve`."""
