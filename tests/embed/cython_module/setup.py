"""Builds both modules with setuptools: python setup.py build_ext --build-lib FOLDER."""

from Cython.Build import cythonize
from setuptools import Extension, setup

import cocodec

names = ["consumer", "operations"]
modules = [Extension(n, [f"{n}.pyx"], include_dirs=[cocodec.get_include()]) for n in names]
setup(name="consumer", version="1", ext_modules=cythonize(modules, build_dir="build"))
