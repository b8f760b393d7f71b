-- What starts new sessions without a person (a private key, the app's secret), encrypted as tokens are. Until here a
-- connection by key had none: its session ended for good, and it has to be connected once more.
ALTER TABLE tokens ADD COLUMN key BLOB;
