"""Builds consumer.pyx with setuptools: python setup.py build_ext --build-lib FOLDER."""

from Cython.Build import cythonize
from setuptools import Extension, setup

import cocodec

extension = Extension("consumer", ["consumer.pyx"], include_dirs=[cocodec.get_include()])
setup(name="consumer", version="1", ext_modules=cythonize([extension], build_dir="build"))
