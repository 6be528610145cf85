namespace AgentTeams.Tests;

public sealed class CpuUpdateTests : EngineUpdateTests<TestedCpuEngine>;
