"""The builder: declares a network part by part, checking each where it is written."""

from .network import Network as Network
