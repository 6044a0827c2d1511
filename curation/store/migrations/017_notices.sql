-- What a member has seen, and was told by mail, of what waits for them. `key` names it in the state it is in.
create table notice (
    who varchar not null,
    key varchar not null,
    seen_at timestamp,
    told_at timestamp
);

-- How a member wishes to be told by mail: `way` is off, once or daily. `told_at`: when the last letter was written.
create table notice_choice (
    who varchar not null,
    way varchar not null,
    email varchar not null,
    language varchar not null,
    version integer not null,
    changed_at timestamp not null,
    told_at timestamp
);
