"""Write the reference vectors that check a fast runtime before its first use."""

from __future__ import annotations

import numpy as np

from recommender.encoders.bundled.package import NAME, bundled_fingerprint, bundled_model_folder
from recommender.encoders.openvino.probe import VECTORS, probe
from recommender.encoders.torch_encoder import SentenceTransformerEncoder


def main() -> None:
    """Encode each probe text alone with sentence-transformers and store the vectors."""
    encoder = SentenceTransformerEncoder(
        bundled_model_folder(), name=NAME, fingerprint=bundled_fingerprint()
    )
    vectors = np.vstack([encoder.encode([text], role=role) for role, text in probe()])
    np.save(VECTORS, vectors.astype(np.float16))
    print(f"{VECTORS}: {len(vectors)} vectors")


if __name__ == "__main__":
    main()
