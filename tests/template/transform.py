"""Prints what SAM makes of the template on standard input, as JSON: transform.py [NAME=VALUE ...]"""

import json
import os
import sys

os.environ["AWS_DEFAULT_REGION"] = "us-east-1"

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

template = yaml_parse(sys.stdin.read())
for name, resource in template["Resources"].items():
    # `sam package` puts an address there.
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/" + name
given = dict(argument.split("=", 1) for argument in sys.argv[1:])
print(json.dumps(Translator({}, Parser()).translate(template, given)))
