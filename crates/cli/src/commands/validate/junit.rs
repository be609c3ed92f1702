//! Reports as JUnit, which pipelines show: a suite for each connection, a case for each finding.

use fairlead_model::{Finding, FindingOutcome, Report};
use quick_junit::{NonSuccessKind, Report as JUnit, TestCase, TestCaseStatus, TestSuite};

use crate::failure::Failed;

/// Writes reports as one JUnit document.
pub(crate) fn as_xml(reports: &[Report]) -> Result<String, Failed> {
    let mut document = JUnit::new("fairlead validate");
    document.add_test_suites(reports.iter().map(suite));
    document.to_string().map_err(|error| Failed::ours(format!("cannot write JUnit: {error}")))
}

fn suite(report: &Report) -> TestSuite {
    let mut suite = TestSuite::new(report.connection.to_string());
    suite.add_property(("connector", report.connector.as_str()));
    suite.add_property(("mode", report.mode.to_string().as_str()));
    suite.add_test_cases(report.findings.iter().map(case));
    suite
}

/// What could not be looked at, or has not spread yet, is skipped: neither good nor bad.
fn case(finding: &Finding) -> TestCase {
    let mut status = match finding.outcome {
        FindingOutcome::Pass | FindingOutcome::Warn => TestCaseStatus::success(),
        FindingOutcome::Unknown | FindingOutcome::Waiting => TestCaseStatus::skipped(),
        FindingOutcome::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    if finding.outcome != FindingOutcome::Pass {
        status.set_message(finding.sentence.clone());
    }
    if finding.outcome == FindingOutcome::Fail {
        status.set_type(finding.id.clone());
        status.set_description(
            finding.remedy.as_ref().map_or_else(String::new, |remedy| remedy.action.clone()),
        );
    }
    let name = if finding.subject.is_empty() {
        finding.id.clone()
    } else {
        format!("{} {}", finding.id, finding.subject)
    };
    let mut case = TestCase::new(name, status);
    if finding.outcome == FindingOutcome::Warn {
        case.set_system_out(finding.sentence.clone());
    }
    case
}
