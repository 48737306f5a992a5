"""Extension modules only: everything else is declared in setup.cfg.

OpenMP is optional: a two-line program is compiled and linked with the compiler's flag, and the kernels
are built without threads where that fails.
"""

import os
import sys
import tempfile

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

KERNELS = [
    "_column_descent",
    "_descent",
    "_dual_ascent",
    "_fused",
    "_model_descent",
    "_newton",
    "_pointwise",
    "_products",
    "_softmax",
    "_sparse",
    "_survey",
    "_threads",
    "_vectors",
]
PROBE = "#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n"
WINDOWS = sys.platform == "win32"


class BuildExtensions(build_ext):
    """Add optimisation and, where the compiler has it, OpenMP."""

    def build_extensions(self):
        """Set the flags of every extension, then build them side by side."""
        self.parallel = self.parallel or os.cpu_count()
        flags = ["/O2"] if WINDOWS else ["-O3", "-fno-math-errno"]
        openmp = self._openmp_flags()
        for extension in self.extensions:
            extension.extra_compile_args += flags + openmp
            extension.extra_link_args += [] if WINDOWS else openmp
        super().build_extensions()

    def _openmp_flags(self):
        flag = "/openmp" if WINDOWS else "-fopenmp"
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "probe.c")
            with open(source, "w") as file:
                file.write(PROBE)
            try:
                objects = self.compiler.compile([source], output_dir=folder, extra_postargs=[flag])
                self.compiler.link_executable(
                    objects, os.path.join(folder, "probe"), extra_postargs=[] if WINDOWS else [flag]
                )
            except Exception as error:
                print(f"sktransfer is built without OpenMP: {error}")
                return []
        return [flag]


def extensions():
    """One extension module per kernel file, built against the stable part of NumPy's C interface."""
    macros = [("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")]
    return [
        Extension(
            f"sktransfer._kernels.{name}",
            [f"sktransfer/_kernels/{name}.pyx"],
            include_dirs=[numpy.get_include(), "sktransfer/_kernels"],
            depends=["sktransfer/_kernels/_penalty.pxd", "sktransfer/_kernels/_rows.h"],
            define_macros=macros,
        )
        for name in KERNELS
    ]


DIRECTIVES = {
    "language_level": "3",
    "boundscheck": False,
    "wraparound": False,
    "initializedcheck": False,
    "cdivision": True,
}

setup(
    cmdclass={"build_ext": BuildExtensions},
    ext_modules=cythonize(extensions(), compiler_directives=DIRECTIVES, build_dir="build/cython"),
)
