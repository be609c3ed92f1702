//! What can go wrong in the store, each as a sentence with the next step.

use std::{error::Error, io, path::Path};

use fairlead_model::ConnectionId;
use thiserror::Error;

/// The store could not do what it was asked.
///
/// Causes are kept as text, so that an error of the writing thread can be told to every caller.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// No space is left.
    #[error("the disk holding {place} is full: free some space and run it again; nothing was lost")]
    DiskFull {
        /// The file or folder that was written.
        place: String,
    },
    /// The operating system, or the object store, refuses.
    #[error("permission denied for {place}: let this user read and write it, or choose another folder")]
    PermissionDenied {
        /// The file, folder or object.
        place: String,
    },
    /// Any other failure of reading or writing.
    #[error("{place} cannot be read or written ({reason}): see to that and run it again")]
    Access {
        /// The file, folder or object.
        place: String,
        /// What the system says.
        reason: String,
    },
    /// The credentials may not use a bucket, or the key it is encrypted with.
    #[error(
        "AWS does not let these credentials use {place}: allow them s3:ListBucket on the bucket, s3:GetObject, \
         s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on what is in it, and kms:Decrypt and \
         kms:GenerateDataKey on its key"
    )]
    Denied {
        /// The object, with its bucket.
        place: String,
    },
    /// No such bucket.
    #[error("there is no bucket for {place}: create it, or correct the address of the state")]
    NoBucket {
        /// The object, with its bucket.
        place: String,
    },
    /// The bucket is in another region.
    #[error(
        "the bucket of {place} is in another region: say in which one, in the configuration or in AWS_REGION"
    )]
    WrongRegion {
        /// The object, with its bucket.
        place: String,
    },
    /// AWS knows these credentials not, or not any more.
    #[error(
        "AWS does not accept the credentials for {place} ({reason}): renew them, and see that this machine's \
         clock is right"
    )]
    Credentials {
        /// The object, with its bucket.
        place: String,
        /// What AWS calls it.
        reason: String,
    },
    /// The surroundings give no credentials.
    #[error(
        "there are no AWS credentials for {place}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (`aws configure \
         export-credentials --format env` prints those of a profile), or run where a role gives them"
    )]
    NoCredentials {
        /// The object, with its bucket.
        place: String,
    },
    /// Nobody answers.
    #[error(
        "{place} cannot be reached ({reason}): see to the network or the endpoint, and run it again; nothing was lost"
    )]
    Unreachable {
        /// The object, with its bucket.
        place: String,
        /// What happened.
        reason: String,
    },
    /// Nothing can be kept at such a place. Says why.
    #[error("{0}")]
    Location(String),
    /// A work file is not what it was when it was written.
    #[error("the work file {path} is damaged ({reason}): run the sync again with --fresh")]
    DamagedWork {
        /// The file.
        path: String,
        /// What was found.
        reason: String,
    },
    /// A snapshot or an artifact is not what it was when it was written.
    #[error("{place} is damaged ({reason}): sync again to make a new one")]
    Damaged {
        /// The file or object.
        place: String,
        /// What was found.
        reason: String,
    },
    /// A record of the state store cannot be understood.
    #[error("the record {key} is damaged ({reason}): restore it from a backup, or remove that file")]
    DamagedRecord {
        /// Key in the state store.
        key: String,
        /// What was found.
        reason: String,
    },
    /// Something was written by a version that knows more than this one.
    #[error(
        "{place} was written by a newer Fairlead (format {found}; this one knows {known}): update Fairlead"
    )]
    Newer {
        /// The file or object.
        place: String,
        /// Number found.
        found: u32,
        /// Highest number known.
        known: u32,
    },
    /// The same, for the file of an unfinished run, which can be given up.
    #[error(
        "the work file {path} has format {found} and this Fairlead writes {known}: run the sync again with --fresh"
    )]
    OtherWork {
        /// The file.
        path: String,
        /// Number found.
        found: u32,
        /// The number this version writes.
        known: u32,
    },
    /// Another process has the file open.
    #[error("{path} is in use by another process: wait for it to end, or stop it")]
    InUse {
        /// The file.
        path: String,
    },
    /// Somebody else holds the lease.
    #[error("\"{connection}\" is being worked on by {holder}: wait for it to end, or stop it")]
    Busy {
        /// The connection.
        connection: ConnectionId,
        /// Who holds it.
        holder: String,
    },
    /// Somebody else is adding, changing or removing a connection, for longer than that takes.
    #[error("connections are being changed by {holder}: try again in a minute; nothing was changed")]
    RegistryBusy {
        /// Who is at it.
        holder: String,
    },
    /// Our lease of the registry expired and somebody else took it over.
    #[error("{holder} changed connections because this process was silent for too long: run it again")]
    RegistryLost {
        /// Who has it now.
        holder: String,
    },
    /// Our lease expired and somebody else took it over.
    #[error(
        "{holder} has taken over \"{connection}\" because this process was silent for too long: run it again"
    )]
    LeaseLost {
        /// The connection.
        connection: ConnectionId,
        /// Who holds it now.
        holder: String,
    },
    /// The name is taken.
    #[error("there is already a connection \"{0}\": choose another name, or remove it first")]
    ConnectionExists(ConnectionId),
    /// No such connection.
    #[error("there is no connection \"{0}\": `fairlead connections list` shows those there are")]
    UnknownConnection(ConnectionId),
    /// Somebody else changed the connection meanwhile.
    #[error("\"{0}\" was changed by somebody else meanwhile: look at it and repeat your change")]
    ConnectionChanged(ConnectionId),
    /// A stored file is gone.
    #[error("{key} is not there any more: sync again to make a new one")]
    Missing {
        /// Key or path.
        key: String,
    },
    /// A name that would lead elsewhere or that a file system cannot hold.
    #[error("{0}")]
    Name(String),
    /// The SQL of a person is wrong, or asks for more than reading.
    #[error("{0}")]
    Sql(String),
    /// What a connector handed over cannot be stored. Says what and why.
    #[error("{0}")]
    Refused(String),
    /// A defect of ours.
    #[error("{0}; this is a defect of Fairlead, please report it")]
    Defect(String),
}

impl StoreError {
    /// Whether the person who asked has to ask differently (as opposed to this machine being at fault).
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::RegistryBusy { .. }
                | Self::InUse { .. }
                | Self::ConnectionExists(_)
                | Self::UnknownConnection(_)
                | Self::ConnectionChanged(_)
                | Self::Sql(_)
                | Self::Location(_)
                | Self::NoBucket { .. }
                | Self::WrongRegion { .. }
                | Self::Credentials { .. }
                | Self::NoCredentials { .. }
                | Self::Denied { .. }
        )
    }

    /// A failure of the file system.
    pub fn io(path: &Path, error: &io::Error) -> Self {
        Self::from_io(path.display().to_string(), error)
    }

    fn from_io(place: String, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { place },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::PermissionDenied { place }
            }
            io::ErrorKind::NotFound => Self::Missing { key: place },
            _ => Self::Access { place, reason: error.to_string() },
        }
    }

    /// A failure of the object store.
    pub(crate) fn object(place: impl Into<String>, error: &object_store::Error) -> Self {
        let place = place.into();
        match error {
            object_store::Error::NotFound { .. } => return Self::Missing { key: place },
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                return Self::PermissionDenied { place };
            }
            _ => {}
        }
        // The local store wraps what the operating system said; that is the part a person can act on.
        let mut cause: Option<&(dyn Error + 'static)> = error.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Self::from_io(place, error);
            }
            cause = error.source();
        }
        Self::Access { place, reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_as_such_however_deep_it_lies() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let wrapped = object_store::Error::Generic { store: "x", source: Box::new(full) };
        let message = StoreError::object("state/runs", &wrapped).to_string();
        assert!(message.contains("the disk holding state/runs is full"), "{message}");
        assert!(message.contains("nothing was lost"), "{message}");
    }

    #[test]
    fn a_refusal_of_the_system_says_what_to_do() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let message = StoreError::io(Path::new("/state"), &denied).to_string();
        assert!(message.starts_with("permission denied for /state: let this user"), "{message}");
    }
}
