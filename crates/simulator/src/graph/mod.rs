//! Microsoft Graph: v1.0 and beta.

use crate::server::call::{Call, Request, Response, Route};

/// The route a request belongs to, known before it is admitted: its template, cost and kind.
pub fn describe(request: &Request) -> Route {
    Route::unknown(request)
}

/// Answers an authenticated and admitted request.
pub fn handle(_call: &Call<'_>) -> Response {
    Response::status(http::StatusCode::NOT_FOUND)
}
