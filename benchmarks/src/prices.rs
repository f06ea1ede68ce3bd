//! The public prices for the cost computation.
//!
//! Rule: published list prices in US dollars of one region, without free tiers and discounts. Each
//! price names its page.

pub const REGION: &str = "us-east-1";
/// The year of the prices. They come from guides that quote the pages below; the latest guide is of
/// June 2026.
pub const AS_OF: &str = "2026";

#[derive(Clone, Copy, Debug)]
pub struct Price {
    pub what: &'static str,
    /// Dollars for one unit.
    pub dollars: f64,
    pub unit: Unit,
    /// The page of AWS with this price.
    pub page: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub enum Unit {
    /// A million requests, events or request units.
    Million,
    /// A second in which a function has a GB of memory.
    GbSecond,
    /// A billion bytes.
    Gb,
    /// One item for a month.
    Month,
}

impl Price {
    /// Dollars for one counted thing: one request, one byte.
    pub fn of_one(&self) -> f64 {
        match self.unit {
            Unit::Million => self.dollars / 1e6,
            Unit::Gb => self.dollars / 1e9,
            Unit::GbSecond | Unit::Month => self.dollars,
        }
    }

    pub fn in_words(&self) -> String {
        let unit = match self.unit {
            Unit::Million => "a million",
            Unit::GbSecond => "a GB-second",
            Unit::Gb => "a GB",
            Unit::Month => "a month",
        };
        format!("{} {unit}", self.dollars)
    }
}

/// One request of at most 512 KB.
pub const HTTP_API_REQUEST: Price = Price {
    what: "HTTP API request",
    dollars: 1.00,
    unit: Unit::Million,
    page: "aws.amazon.com/api-gateway/pricing",
};
pub const LAMBDA_REQUEST: Price = Price {
    what: "Lambda request",
    dollars: 0.20,
    unit: Unit::Million,
    page: "aws.amazon.com/lambda/pricing",
};
/// Memory multiplied by time, on x86.
pub const LAMBDA_TIME: Price = Price {
    what: "Lambda, x86",
    dollars: 0.000_016_666_7,
    unit: Unit::GbSecond,
    page: "aws.amazon.com/lambda/pricing",
};
/// The same on arm64 (`Architecture=arm64`).
pub const LAMBDA_TIME_ARM: Price = Price {
    what: "Lambda, arm64",
    dollars: 0.000_013_333_4,
    unit: Unit::GbSecond,
    page: "aws.amazon.com/lambda/pricing",
};
/// One call, for each 64 KB.
pub const SQS_REQUEST: Price = Price {
    what: "SQS FIFO request",
    dollars: 0.50,
    unit: Unit::Million,
    page: "aws.amazon.com/sqs/pricing",
};
/// A write of 1 KB.
pub const WRITE_UNIT: Price = Price {
    what: "DynamoDB write request unit",
    dollars: 0.625,
    unit: Unit::Million,
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
};
/// A strongly consistent read of 4 KB.
pub const READ_UNIT: Price = Price {
    what: "DynamoDB read request unit",
    dollars: 0.125,
    unit: Unit::Million,
    page: "aws.amazon.com/dynamodb/pricing/on-demand",
};
pub const LOG: Price = Price {
    what: "CloudWatch Logs, ingested",
    dollars: 0.50,
    unit: Unit::Gb,
    page: "aws.amazon.com/cloudwatch/pricing",
};
pub const TRACE: Price = Price {
    what: "X-Ray trace recorded",
    dollars: 5.00,
    unit: Unit::Million,
    page: "aws.amazon.com/xray/pricing",
};
pub const DATA_OUT: Price = Price {
    what: "data to the internet",
    dollars: 0.09,
    unit: Unit::Gb,
    page: "aws.amazon.com/ec2/pricing/on-demand",
};
pub const METRIC: Price = Price {
    what: "CloudWatch custom metric",
    dollars: 0.30,
    unit: Unit::Month,
    page: "aws.amazon.com/cloudwatch/pricing",
};
pub const ALARM: Price = Price {
    what: "CloudWatch alarm",
    dollars: 0.10,
    unit: Unit::Month,
    page: "aws.amazon.com/cloudwatch/pricing",
};
pub const SECRET: Price = Price {
    what: "Secrets Manager secret",
    dollars: 0.40,
    unit: Unit::Month,
    page: "aws.amazon.com/secrets-manager/pricing",
};

/// An event that a partner, such as Genesys Cloud, puts on a bus. AWS charges it whether or not a
/// rule matches.
pub const EVENT: Price = Price {
    what: "EventBridge, partner event",
    dollars: 1.00,
    unit: Unit::Million,
    page: "aws.amazon.com/eventbridge/pricing",
};
/// A dashboard beyond the account's first three.
pub const DASHBOARD: Price = Price {
    what: "CloudWatch dashboard",
    dollars: 3.00,
    unit: Unit::Month,
    page: "aws.amazon.com/cloudwatch/pricing",
};

pub const ALL: &[Price] = &[
    HTTP_API_REQUEST,
    LAMBDA_REQUEST,
    LAMBDA_TIME,
    LAMBDA_TIME_ARM,
    SQS_REQUEST,
    WRITE_UNIT,
    READ_UNIT,
    LOG,
    TRACE,
    DATA_OUT,
    METRIC,
    ALARM,
    SECRET,
    EVENT,
    DASHBOARD,
];
