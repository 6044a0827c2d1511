-- Answers on their way. `marker` names one for good; `state` is queued, sending, sent, failed, unknown or withdrawn.
-- `version` grows with every change. `attempts` counts those that may have left. `via` is null on the comment's own
-- channel, else where the answer was given ("phone"). `receipt_key` is the key under which a pull brings it back.
create table reply (
    marker varchar not null,
    source integer not null,
    comment_id bigint not null,
    thread_id bigint not null,
    text varchar not null,
    state varchar not null,
    version integer not null,
    who varchar not null,
    made_at timestamp not null,
    not_before timestamp not null,
    attempts integer not null,
    attempted_at timestamp,
    why varchar,
    receipt_key varchar,
    receipt_url varchar,
    sent_at timestamp,
    via varchar
);

-- Signatures a webhook has taken, so that none is taken twice.
create table seen_hook (
    source integer not null,
    signature varchar not null,
    seen_at timestamp not null
);
