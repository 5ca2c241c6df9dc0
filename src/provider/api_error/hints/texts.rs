//! The rows of the table that go by what a message says, because its code says nothing.

use super::{Hint, On};

/// Parts of messages in lower case, the more telling first; then the codes that come with any message.
pub(super) const TEXTS: &[Hint] = &[
    // What STREAM_PROCESSOR_GENERIC_ERROR really says.
    Hint {
        on: On::Text(&["operator parallelism", "minimum tier"]),
        status: &[400],
        attribute: Some("tier"),
        meaning: "The pipeline needs a larger tier than it gets.",
        advice: "Set `tier = \"{tier}\"` or a larger one, or lower the `parallelism` of the operators in the processor's pipeline. The workspace must allow that tier (its maximum tier).",
    },
    Hint {
        on: On::Text(&["maxtiersize", "maximum tier", "max tier", "invalid tier"]),
        status: &[400],
        attribute: Some("tier"),
        meaning: "The workspace {tenant_name} does not allow this tier.",
        advice: "Set `tier` to one that it allows (of SP2, SP5, SP10, SP30, SP50), or raise the maximum tier of the workspace.",
    },
    Hint {
        on: On::Text(&["being provisioned"]),
        status: &[400],
        attribute: Some("processor_name"),
        meaning: "Atlas is still preparing the processor {processor_name} (`processor_name`).",
        advice: "Wait some minutes and apply again, or raise the operation's timeout.",
    },
    Hint {
        on: On::Text(&["connection named", "connection with name"]),
        status: &[400],
        attribute: Some("tenant_name"),
        meaning: "The pipeline of {processor_name} uses a connection that the workspace {tenant_name} does not have.",
        advice: "Create the connection in that workspace (`tenant_name`), or correct its name in the processor's pipeline.",
    },
    Hint {
        on: On::Text(&[
            "stream processor does not exist",
            "stream processor doesn't exist",
        ]),
        status: &[400, 404],
        attribute: Some("processor_name"),
        meaning: "The workspace {tenant_name} has no stream processor named {processor_name}, or it is so new that not all of Atlas knows it yet.",
        advice: "Check `processor_name`, where upper and lower case differ. The processor must exist first: where the same configuration creates it, {comes_after}, so that it comes first. If it was just created, apply again.",
    },
    Hint {
        on: On::Text(&["sasl authentication", "authentication failed"]),
        status: &[400],
        attribute: Some("processor_name"),
        meaning: "A source or sink of the pipeline of {processor_name} (`processor_name`) refuses the credentials of its connection. Atlas' own credentials are not the matter.",
        advice: "Check user and password of the connection in the workspace's connection registry; new ones take some minutes to get around.",
    },
    Hint {
        on: On::Text(&["rbac: access denied"]),
        status: &[400],
        attribute: Some("processor_name"),
        meaning: "Inside Atlas the processor {processor_name} (`processor_name`) may not reach what its pipeline uses.",
        advice: "Check the connections of the workspace, their roles above all, and apply again: right after a workspace was made this can pass by itself.",
    },
    Hint {
        on: On::Text(&["failed to acquire resources", "global resource manager"]),
        status: &[400],
        attribute: None,
        meaning: "Atlas has no machine free for the processor at the moment.",
        advice: "Apply again in some minutes. If it stays, another `tier` or region may have room.",
    },
    Hint {
        on: On::Text(&[
            "error getting project",
            "upstream connect error",
            "remote connection failure",
        ]),
        status: &[400, 503],
        attribute: None,
        meaning: "A part of Atlas could not reach another; neither your configuration nor your credentials are the matter.",
        advice: "Look at the processor's state in the Atlas UI and apply again in some minutes; see https://status.mongodb.com.",
    },
    Hint {
        on: On::Text(&["already been started", "already running", "already started"]),
        status: &[400, 409],
        attribute: Some("processor_name"),
        meaning: "Atlas takes the processor {processor_name} (`processor_name`) for started, or on its way: somebody else may have started it in the meantime.",
        advice: "Look at its state in the Atlas UI and apply again: the provider {spares}.",
    },
    Hint {
        on: On::Text(&[
            "already been stopped",
            "isn't currently running",
            "not running",
        ]),
        status: &[400, 409],
        attribute: Some("processor_name"),
        meaning: "The processor {processor_name} (`processor_name`) does not run.",
        advice: "Look at its state in the Atlas UI and apply again.",
    },
    Hint {
        on: On::Text(&[
            "startatoperationtime",
            "operation time",
            "oplog",
            "resume token",
            "resume of change stream",
        ]),
        status: &[400],
        attribute: Some("start_at_operation_time"),
        meaning: "The source cannot be read from the wanted point in time on: its history may not reach back so far, or it may be no change stream.",
        advice: "Set a later `start_at_operation_time`, leave it out, or start afresh with `resume_from_checkpoint = false`.",
    },
    Hint {
        on: On::Text(&["checkpoint"]),
        status: &[400],
        attribute: Some("resume_from_checkpoint"),
        meaning: "The processor cannot go on from its last checkpoint.",
        advice: "Set `resume_from_checkpoint = false` to start afresh; data since the checkpoint may then be processed twice or be missed.",
    },
    Hint {
        on: On::Text(&["failover"]),
        status: &[400],
        attribute: Some("failover"),
        meaning: "Atlas refuses the move to another region.",
        advice: "Check the block `failover`: its `region` must be one of the workspace's failover regions, and `clear_checkpoint` goes with `mode = \"FORCED\"` only.",
    },
    Hint {
        on: On::Code(&["STREAM_PROCESSOR_GENERIC_ERROR"]),
        status: &[400],
        attribute: Some("processor_name"),
        meaning: "Atlas refuses this for the processor {processor_name} (`processor_name`); what it said above is all that is known.",
        advice: "Look at the processor, its pipeline and its connections in the Atlas UI.",
    },
    Hint {
        on: On::Code(&["VALIDATION_ERROR", "ATTRIBUTE_READ_ONLY"]),
        status: &[400],
        attribute: None,
        meaning: "Atlas does not accept what was sent with the start.",
        advice: "Check the start options: `tier`, `resume_from_checkpoint`, `start_at_operation_time` and, in an action, `failover`.",
    },
];
