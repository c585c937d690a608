"""Fetch the base, build the data, train, measure, calibrate, report: python -m landmark_training --seed 1"""

from . import report, train

if __name__ == "__main__":
    arguments = train.parse_arguments()
    train.main(arguments)
    report.main(arguments)
