"""Encode texts as unit vectors. Importing this package imports no model runtime."""

from recommender.encoders.base import Encoder
from recommender.encoders.load import load_encoder

__all__ = ["Encoder", "load_encoder"]
