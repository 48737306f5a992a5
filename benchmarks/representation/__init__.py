"""The aligned spaces against the packages adapt and skada: the same maps, seconds, memory.

    python -m benchmarks.representation --out benchmarks/results/representation.csv
    python -m benchmarks.representation --reference tests/reference/aligned_peers.npz

The first needs adapt 0.4.5 (which brings TensorFlow) and skada 0.6.0 (with POT; its deep part is not used) beside
sktransfer; a peer that is not there is left out. The second writes what they answer on one small data set, for the
tests.
"""
