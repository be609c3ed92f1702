//! How often a sender may ask: each validation is a few dozen requests to Azure, and a sender in a loop, or a key that
//! was lost, must not become a flood there.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use fairlead_model::Sender;
use jiff::Timestamp;

/// Validations of one sender a minute, in each process. Far above what people do by hand.
const MOST: u32 = 60;
/// A minute, in seconds.
const WINDOW: i64 = 60;

/// Counts, by sender, what was asked for in the present minute.
#[derive(Debug, Default)]
pub(crate) struct Rate(Mutex<HashMap<Sender, (i64, u32)>>);

impl Rate {
    /// Counts a request.
    ///
    /// # Errors
    /// It is one too many: the seconds until the next minute.
    pub(crate) fn count(&self, sender: &Sender, now: Timestamp) -> Result<(), u32> {
        let window = now.as_second().div_euclid(WINDOW);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // There are no more senders than keys.
        let count = counts.entry(sender.clone()).or_insert((window, 0));
        if count.0 != window {
            *count = (window, 0);
        }
        if count.1 >= MOST {
            return Err(u32::try_from(WINDOW - now.as_second().rem_euclid(WINDOW)).unwrap_or(1));
        }
        count.1 += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_in_a_loop_waits_for_the_next_minute_and_keeps_nobody_else_waiting() {
        let (rate, one, two) = (Rate::default(), "one".parse().unwrap(), "two".parse().unwrap());
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        for _ in 0..MOST {
            assert_eq!(rate.count(&one, at(70)), Ok(()));
        }
        assert_eq!(rate.count(&one, at(75)), Err(45));
        assert_eq!(rate.count(&two, at(75)), Ok(()));
        assert_eq!(rate.count(&one, at(120)), Ok(()));
    }
}
