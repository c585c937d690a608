"""Fetch the base, build the data, cache text states, train, measure, calibrate, report: python -m landmark_training --seed 1"""

from . import report, train

if __name__ == "__main__":
    arguments = train.parse_arguments()
    setting = train.open_setting(arguments, languages=arguments.languages)
    train.main(arguments, setting)
    report.main(arguments, setting)
