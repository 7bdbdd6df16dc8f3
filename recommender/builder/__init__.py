"""Build snapshots: plan what changed, encode it, derive what answers need, publish."""
