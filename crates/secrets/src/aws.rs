//! What everything that talks to AWS shares: who signs, how long a call may take, and that none of it is traced.

use std::{error::Error, time::Duration};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::provider::error::CredentialsError;
use tracing::{instrument::WithSubscriber as _, subscriber::NoSubscriber};

/// How often one call is tried, the first time included. AWS's own rules say what is tried again and when.
const ATTEMPTS: u32 = 4;
const CONNECT: Duration = Duration::from_secs(5);
const ONE_ATTEMPT: Duration = Duration::from_secs(10);
const ONE_CALL: Duration = Duration::from_secs(30);

/// The credentials and region AWS's own tools would use, unless others are named.
pub(crate) async fn configuration(region: Option<&str>, profile: Option<&str>) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ONE_ATTEMPT)
        .operation_timeout(ONE_CALL)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    untraced(loader.load()).await
}

/// Does something of the SDK's without its traces: at its finest level it logs whole requests and answers, secrets
/// included.
pub(crate) fn untraced<F: Future>(work: F) -> impl Future<Output = F::Output> {
    // The SDK's futures are large, and so would be whatever waits for one.
    Box::pin(work).with_subscriber(NoSubscriber::default())
}

/// Why a call was not answered.
#[derive(Debug)]
pub(crate) enum Unanswered {
    /// There are no credentials to sign it with.
    NotSignedIn(String),
    /// The service was not reached.
    Unreachable(String),
}

impl Unanswered {
    /// Reads the innermost cause, which is what says something.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        let causes =
            || std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
        let innermost = causes().last().map(ToString::to_string).unwrap_or_default();
        if causes().any(<dyn Error + 'static>::is::<CredentialsError>) {
            Self::NotSignedIn(innermost)
        } else {
            Self::Unreachable(innermost)
        }
    }
}
