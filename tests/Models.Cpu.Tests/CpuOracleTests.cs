namespace AgentTeams.Tests;

public sealed class CpuOracleTests : EngineOracleTests<TestedCpuEngine>;
