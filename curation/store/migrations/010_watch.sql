-- What people have to know of a source, told once: `kind` is failing, silent, drop, fields, refusals, gap, expires or reply.
create table alert (
    id bigint not null,
    source varchar not null,
    kind varchar not null,
    why varchar not null,
    raised_at timestamp not null,
    told_at timestamp,
    cleared_at timestamp
);

-- The shape of a source's payloads, from samples: how many had a field, and how many in a row have lacked it since.
create table field (
    source integer not null,
    path varchar not null,
    seen bigint not null,
    lacking bigint not null,
    sampled_before bigint not null,
    first_seen_at timestamp not null
);
create table sampled (
    source integer primary key,
    raws bigint not null,
    expires_at timestamp
);
