-- What is to become of a reply that was sent: `text` in the place of its own, null to take it away. `state` is queued, done or failed,
-- and `why` says so; `version` grows with every attempt that was written down.
create table reply_change (
    id bigint not null,
    marker varchar not null,
    text varchar,
    who varchar not null,
    state varchar not null,
    version integer not null,
    why varchar,
    made_at timestamp not null,
    not_before timestamp not null
);
