//! Numbers for CloudWatch, as lines of its embedded metric format: no call is made for them.
//! Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

use fairlead_engine::{Handled, Observer};
use fairlead_model::{FindingOutcome, Message, Outcome, Report, RunRecord};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Writes what happens as metrics, in a namespace of the installation's. Each set of dimensions costs as a metric of
/// its own, so connections are none: they are beside the numbers, for whoever looks into the logs.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    namespace: String,
}

/// Numbers over everything, for alarms.
const OVERALL: &[(&str, &str)] = &[];

impl Observer for Metrics {
    fn run_ended(&self, record: &RunRecord) {
        let told = &record.statistics;
        let seconds = to_seconds(told.collect_ms + told.publish_ms);
        let records: u64 = record.items.values().chain(record.links.values()).sum();
        let run = record.id.to_string();
        let whose = [("connection", record.connection.as_str()), ("run", run.as_str())];
        self.line(
            &[("Connector", record.connector.as_str()), ("Outcome", record.outcome.as_str())],
            &[
                ("RunSeconds", "Seconds", seconds.into()),
                ("Requests", "Count", told.requests.into()),
                ("Records", "Count", records.into()),
            ],
            &whose,
        );
        let failed = u8::from(record.outcome == Outcome::Failed);
        self.line(
            OVERALL,
            &[("RunsFailed", "Count", failed.into()), ("Throttled", "Count", told.throttled.into())],
            &whose,
        );
    }

    fn validated(&self, report: &Report) {
        let count = |outcome| Value::from(report.count(outcome));
        self.line(
            &[("Connector", report.connector.as_str())],
            &[
                ("FindingsPass", "Count", count(FindingOutcome::Pass)),
                ("FindingsWarn", "Count", count(FindingOutcome::Warn)),
                ("FindingsUnknown", "Count", count(FindingOutcome::Unknown)),
                ("FindingsWaiting", "Count", count(FindingOutcome::Waiting)),
                ("FindingsFail", "Count", count(FindingOutcome::Fail)),
                ("ValidationRequests", "Count", report.requests.into()),
            ],
            &[("connection", report.connection.as_str())],
        );
    }

    fn credential_ends(&self, connection: &str, at: Timestamp) {
        let left = at.duration_since(Timestamp::now()).as_secs().max(0);
        self.line(OVERALL, &[("CredentialSeconds", "Seconds", left.into())], &[("connection", connection)]);
    }
}

impl Metrics {
    pub(crate) fn new(namespace: String) -> Self {
        Self { namespace }
    }

    /// What became of a message.
    pub(crate) fn message(&self, message: &Message, handled: &Handled, started: Timestamp) {
        let kind = match message {
            Message::Sync { .. } => "sync",
            Message::Validate { .. } => "validate",
            Message::Announce { .. } => "announce",
        };
        let outcome = match handled {
            Handled::Done => "done",
            Handled::Later(_) => "later",
            Handled::Refused(_) => "refused",
        };
        let took = Timestamp::now().duration_since(started).as_millis();
        let took = Value::from(i64::try_from(took).unwrap_or(i64::MAX));
        let took = [("MessageMilliseconds", "Milliseconds", took)];
        self.line(&[("Message", kind), ("Handled", outcome)], &took, &[]);
    }

    /// One line: dimensions by which the numbers are added up, the numbers, and what else is worth knowing.
    fn line(&self, dimensions: &[(&str, &str)], metrics: &[(&str, &str, Value)], more: &[(&str, &str)]) {
        println!("{}", format(&self.namespace, dimensions, metrics, more, Timestamp::now()));
    }
}

fn format(
    namespace: &str,
    dimensions: &[(&str, &str)],
    metrics: &[(&str, &str, Value)],
    more: &[(&str, &str)],
    now: Timestamp,
) -> Value {
    let names: Vec<_> = dimensions.iter().map(|(name, _)| *name).collect();
    let units: Vec<_> = metrics.iter().map(|(name, unit, _)| json!({"Name": name, "Unit": unit})).collect();
    let directive = json!({"Namespace": namespace, "Dimensions": [names], "Metrics": units});
    let mut fields = Map::new();
    fields.insert(
        "_aws".to_owned(),
        json!({"Timestamp": now.as_millisecond(), "CloudWatchMetrics": [directive]}),
    );
    fields.extend(dimensions.iter().chain(more).map(|(name, value)| ((*name).to_owned(), json!(value))));
    fields.extend(metrics.iter().map(|(name, _, value)| ((*name).to_owned(), value.clone())));
    Value::Object(fields)
}

fn to_seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_that_is_announced_is_there_and_so_is_every_dimension() {
        let metrics = [("RunSeconds", "Seconds", json!(1.5)), ("Requests", "Count", json!(7))];
        let line =
            format("Fairlead/test", &[("Connector", "c1")], &metrics, &[("run", "r")], Timestamp::UNIX_EPOCH);
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "Fairlead/test");
        for named in directive["Metrics"].as_array().unwrap() {
            assert!(line[named["Name"].as_str().unwrap()].is_number(), "{line}");
        }
        for dimension in directive["Dimensions"][0].as_array().unwrap() {
            assert!(line[dimension.as_str().unwrap()].is_string(), "{line}");
        }
        assert_eq!((&line["run"], &line["_aws"]["Timestamp"]), (&json!("r"), &json!(0)));
    }
}
