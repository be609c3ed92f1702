//! What Fairlead answers over HTTP.
