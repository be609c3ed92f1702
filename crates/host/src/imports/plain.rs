//! Log, clock and random: what answers at once.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::{
    bindings::fairlead::connector::{clock, log, random},
    error::Stop,
    guest::{Guest, Level, misuse, stop},
};

/// The most random bytes handed out at once.
const MOST_RANDOM: u32 = 64 << 10;

impl log::Host for Guest {
    fn write(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Trace => Level::Trace,
            log::Level::Debug => Level::Debug,
            log::Level::Info => Level::Info,
            log::Level::Warn => Level::Warn,
            log::Level::Error => Level::Error,
        };
        self.log.write(level, &message);
        Ok(())
    }
}

impl clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<u64> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

impl random::Host for Guest {
    fn bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        if length > MOST_RANDOM {
            return Err(misuse(format!(
                "asked for {length} random bytes at once; {MOST_RANDOM} are the most"
            )));
        }
        let mut bytes = vec![0; length as usize];
        aws_lc_rs::rand::fill(&mut bytes)
            .map_err(|_| stop(Stop::Host("this machine gives no random numbers".to_owned())))?;
        Ok(bytes)
    }
}
