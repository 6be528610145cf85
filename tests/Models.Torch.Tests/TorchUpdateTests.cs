namespace AgentTeams.Tests;

public sealed class TorchUpdateTests : EngineUpdateTests<TestedTorchEngine>;
