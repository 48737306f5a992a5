"""Hourly hires of bikes, Washington DC 2011: registered riders on odd days -> casual ones on even days. Another level.

ISLP 0.6.0, data/Bikeshare.csv (BSD-3-Clause; UCI Bike Sharing, CC BY 4.0).
"""

import numpy as np

from benchmarks.transfer._task import parted, table


def load():
    """8,645 hours."""
    rows = table("ISLP", "data", "Bikeshare.csv")
    numbers = [rows[name].to_numpy(float) for name in ("temp", "hum", "windspeed", "holiday", "workingday")]
    hours = [rows.hr == hour for hour in range(1, 24)]
    weather = [rows.weathersit.str.contains(word) for word in ("rain", "cloud")]
    months = [rows.mnth == month for month in rows.mnth.unique()[1:]]
    X = np.column_stack([*numbers, numbers[0] ** 2, *(flag.to_numpy(float) for flag in (*hours, *weather, *months))])
    odd = (rows.day % 2 == 1).to_numpy()
    hires = np.where(odd, rows.registered, rows.casual).astype(float)
    return parted(X, hires, np.where(odd, "registered", "casual"), ["registered"], "casual", "counts")
