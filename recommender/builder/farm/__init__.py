"""Cut and encode large archives in shares: by processes of this machine, or by a cluster."""
