"""Least squares with effects in Python: statsmodels on columns demeaned by hand, by alternating means.

Arguments: FILE ROWS REGRESSORS EFFECTS CLUSTERED. FILE holds y and the regressors as doubles, column after column, then
the level of every effect as 32-bit integers. Prints seconds without start-up and reading, then the coefficients.
"""

import sys
import time

import numpy
import statsmodels.api


def demeaned(column, effects, counts):
    column = column.copy()
    good = 1e-11 * column.std()
    while True:
        largest = 0.0
        for levels, count in zip(effects, counts):
            means = numpy.bincount(levels, weights=column, minlength=len(count)) / count
            column -= means[levels]
            largest = max(largest, numpy.abs(means).max())
        if len(effects) == 1 or largest <= good:
            return column


def main():
    path, rows, regressors, effect_count, clustered = sys.argv[1], *map(int, sys.argv[2:6])
    with open(path, "rb") as file:
        columns = [numpy.fromfile(file, numpy.float64, rows) for _ in range(regressors + 1)]
        effects = [numpy.fromfile(file, numpy.int32, rows) for _ in range(effect_count)]
    started = time.perf_counter()
    counts = [numpy.bincount(levels) for levels in effects]
    columns = [demeaned(column, effects, counts) for column in columns]
    model = statsmodels.api.OLS(columns[0], numpy.column_stack(columns[1:]))
    if clustered:
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": effects[0]})
    else:
        fit = model.fit()
    fit.bse
    print(time.perf_counter() - started, *map(repr, map(float, fit.params)))


main()
