-- Payloads of one stream are alike, those of another need not be: what samples show is counted by stream, anew.
drop table field;
create table field (
    source integer not null,
    stream varchar not null,
    path varchar not null,
    seen bigint not null,
    lacking bigint not null,
    sampled_before bigint not null,
    first_seen_at timestamp not null
);

-- When a source's token ends.
create table expiry (
    source integer primary key,
    expires_at timestamp
);
insert into expiry select source, expires_at from sampled where expires_at is not null;
drop table sampled;
create table sampled (
    source integer not null,
    stream varchar not null,
    raws bigint not null,
    primary key (source, stream)
);
