//! `bridge doctor` on a stack: configuration, queues, dead letters, alarms and secrets as AWS has them.
