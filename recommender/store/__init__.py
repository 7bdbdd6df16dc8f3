"""Keep snapshots on disk: immutable segments, manifests, publishing, history."""
