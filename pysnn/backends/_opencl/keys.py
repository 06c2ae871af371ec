"""Keys from keys, as csrc/math/philox.hpp and csrc/engine/restart.hpp make them."""

WORD = (1 << 64) - 1


def subkey(key: int, purpose: int) -> int:
    """A further key, for another purpose of the same object (splitmix64's finaliser)."""
    z = (key + 0x9E3779B97F4A7C15 * (purpose + 1)) & WORD
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WORD
    return z ^ (z >> 31)


def with_noise(key: int, noise: int) -> int:
    """The key of an object's draws under a noise; 0 is its own."""
    return subkey(key, noise) if noise else key
