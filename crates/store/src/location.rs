//! Where state is kept, as people write it.

use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use url::Url;

/// Where state is kept.
///
/// As text: `s3://bucket/prefix`, or the path of a folder. In a configuration that text, or a table with all there
/// is to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "store", rename_all = "kebab-case")]
pub enum StateLocation {
    /// A folder of this machine.
    Folder {
        /// Its path; it is created when it is missing.
        path: PathBuf,
    },
    /// A bucket of S3, or of a store that speaks as S3 does.
    S3(Bucket),
}

/// A bucket, and what state has of it. Credentials are those the surroundings give: the environment, a web
/// identity, the container, or the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub bucket: String,
    /// What every key begins with, without a slash at either end; empty: the whole bucket is ours.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// The bucket's region; absent: `AWS_REGION`, or us-east-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Where S3 answers; absent: `AWS_ENDPOINT_URL_S3`, or AWS itself. Only this machine may be spoken to
    /// without TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Url>,
    /// The KMS key objects are encrypted with, as its id or ARN; absent: as the bucket says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
}

impl Bucket {
    /// A bucket with a prefix; everything else as the surroundings say.
    pub fn new(bucket: &str, prefix: &str) -> Self {
        Self {
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            region: None,
            endpoint: None,
            kms_key: None,
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// The table.
#[derive(Deserialize)]
#[serde(tag = "store", rename_all = "kebab-case", deny_unknown_fields)]
enum Table {
    Folder { path: PathBuf },
    S3(Bucket),
}

impl<'de> Deserialize<'de> for StateLocation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// Takes either, and says of a table what is wrong with it.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = StateLocation;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a folder, s3://BUCKET/PREFIX, or a table with store = \"s3\" and a bucket")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<StateLocation, E> {
        text.parse().map_err(|never: Infallible| match never {})
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<StateLocation, A::Error> {
        Ok(match Table::deserialize(MapAccessDeserializer::new(map))? {
            Table::Folder { path } => StateLocation::Folder { path },
            Table::S3(bucket) => StateLocation::S3(bucket),
        })
    }
}

impl FromStr for StateLocation {
    type Err = Infallible;

    fn from_str(given: &str) -> Result<Self, Infallible> {
        Ok(match given.strip_prefix("s3://") {
            Some(address) => {
                let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
                Self::S3(Bucket::new(bucket, prefix))
            }
            None => Self::Folder { path: given.into() },
        })
    }
}

impl fmt::Display for StateLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder { path } => path.display().fmt(f),
            Self::S3(bucket) => bucket.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_s3_is_a_bucket_with_a_prefix_and_anything_else_a_folder() {
        for (given, bucket, prefix) in
            [("s3://ours", "ours", ""), ("s3://ours/", "ours", ""), ("s3://ours/a/b/", "ours", "a/b")]
        {
            assert_eq!(given.parse(), Ok(StateLocation::S3(Bucket::new(bucket, prefix))), "{given}");
        }
        let folder = StateLocation::Folder { path: "/var/lib/fairlead/state".into() };
        assert_eq!("/var/lib/fairlead/state".parse(), Ok(folder.clone()));
        assert_eq!(folder.to_string(), "/var/lib/fairlead/state");
        assert_eq!(StateLocation::S3(Bucket::new("ours", "/a/b/")).to_string(), "s3://ours/a/b");
    }

    #[test]
    fn a_configuration_names_it_with_all_there_is_to_say() {
        let written = serde_json::json!({
            "store": "s3", "bucket": "ours", "prefix": "a", "region": "eu-central-1",
            "endpoint": "http://127.0.0.1:5000/", "kms-key": "alias/fairlead",
        });
        let read: StateLocation = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
        let short: StateLocation = serde_json::from_str("\"s3://ours/a\"").unwrap();
        assert_eq!(short, StateLocation::S3(Bucket::new("ours", "a")));
        let unknown = serde_json::json!({"store": "s3", "bucket": "ours", "buckets": 2});
        let told = serde_json::from_value::<StateLocation>(unknown).unwrap_err().to_string();
        assert!(told.contains("buckets"), "{told}");
    }
}
