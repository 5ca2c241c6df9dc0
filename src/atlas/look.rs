//! What the answer to a GET says: a success that can be read, or why it is none.

use serde_json::value::RawValue;

use super::{
    api::Asked,
    error::Error,
    exchange::HttpResponse,
    processor::{Processor, Unreadable, fields},
};

/// Reads an answer that must be a success in JSON, and whole.
pub(super) fn read<T>(
    asked: &Asked<'_>,
    response: &HttpResponse,
    from: impl FnOnce(&RawValue) -> Result<T, Unreadable>,
) -> Result<T, Error> {
    if !response.status.is_success() {
        return Err(Error::from_response(
            asked.method,
            asked.url,
            response,
            asked.now,
            asked.secrets,
        ));
    }
    let unreadable = |cause| {
        Error::bad_answer(
            asked.method,
            asked.url,
            response,
            asked.now,
            asked.secrets,
            cause,
        )
    };
    if response.truncated {
        return Err(unreadable(Unreadable("the body is too long")));
    }
    let body = serde_json::from_slice(&response.body).map_err(|_| match &response.broken_off {
        Some(error) => Error::from_exchange(error.clone(), asked.method, asked.url, false),
        None => unreadable(Unreadable("the body is not JSON")),
    })?;
    from(body).map_err(unreadable)
}

/// Reads the answer of a GET for the processor called `name`.
pub(super) fn processor(
    asked: &Asked<'_>,
    response: &HttpResponse,
    name: &str,
) -> Result<Processor, Error> {
    read(asked, response, |raw| {
        Processor::read(&fields(raw)?, name, asked.secrets)
    })
}
