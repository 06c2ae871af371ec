"""A run as one HTML page that opens offline."""

from .page import write as write
