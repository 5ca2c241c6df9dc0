//! The client of the Atlas Administration API; this room knows nothing of Terraform.
//!
//! [`Client`] carries out the few operations on stream processors that the product needs. Everything below it is written
//! against the [`Exchange`] trait, one HTTP request and its answer, so that all of it runs in memory under tests. An
//! [`Error`] keeps what happened, and its [`Verdict`] says what that means for a start that must never be sent blindly twice.

mod allowance;
mod answer;
mod api;
mod api_error;
mod auth;
mod backoff;
mod client;
#[cfg(test)]
mod client_tests;
mod clock;
mod connecting;
mod context;
mod courier;
mod description;
mod envelope;
mod error;
mod exchange;
mod harmless;
#[cfg(test)]
mod hostile_tests;
mod http;
#[cfg(test)]
mod log_tests;
mod look;
mod looks;
#[cfg(test)]
mod looks_server;
mod loopback;
mod media;
mod once;
mod options;
mod path;
mod presence;
mod processor;
mod retry;
mod retry_after;
mod roots;
mod settings;
#[cfg(test)]
mod testing;
mod verdict;

pub use self::{
    answer::Accepted,
    api_error::FieldViolation,
    backoff::Backoff,
    client::Client,
    clock::{Clock, SystemClock},
    context::{Context, Ended},
    description::{DeadLetterQueue, Description, Listing},
    error::{Error, Kind},
    exchange::{Cause, Exchange, ExchangeError, HttpRequest, HttpResponse},
    http::HttpExchange,
    loopback::is_loopback,
    options::{Failover, Flags, StartOptions},
    path::{ProcessorPath, WorkspacePath},
    processor::Processor,
    roots::{HangingCaFiles, UnusableCaFile},
    settings::{CaVariables, Credentials, Settings},
    verdict::Verdict,
};
