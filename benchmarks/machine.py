"""What a result depends on beside the code: the machine and the versions."""

import os
import platform
from importlib import metadata
from pathlib import Path

from threadpoolctl import threadpool_info

PACKAGES = ("sktransfer", "numpy", "scipy", "scikit-learn", "glum", "threadpoolctl")


def available_cores():
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def machine_info():
    """Processor, cores, versions and threads; no names and no paths.

    Returns
    -------
    dict
        Ready for JSON.
    """
    return {
        "cpu": _cpu_model(),
        "cores": available_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "threadpools": _threadpools(),
        "load_average": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
    }


def _cpu_model():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _threadpools():
    keep = ("user_api", "internal_api", "version", "num_threads", "architecture")
    return [{key: pool[key] for key in keep if key in pool} for pool in threadpool_info()]
