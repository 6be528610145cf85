namespace AgentTeams.Tests;

/// <summary>Which project may use which: arrows point one way.</summary>
public sealed class RoomTests
{
    public static TheoryData<Type, string[]> Rooms => new()
    {
        { typeof(Role), [] },
        { typeof(WorkflowEvent), ["Abstractions"] },
        { typeof(AgentTeams.Collaboration.Conversation), ["Abstractions", "Storage", "Workflows"] },
        { typeof(McpToolset), ["Abstractions", "Storage", "Workflows"] },
        { typeof(ModelConfig), ["Abstractions"] },
        { typeof(CpuModelOptions), ["Abstractions", "Models"] },
        { typeof(RlOptions), ["Abstractions", "Workflows"] },
        { typeof(JsonlTrajectoryStore), ["Abstractions"] },
        { typeof(SqliteCheckpointStore), ["Abstractions", "Storage"] },
        { typeof(AgentTeams.Testing.TeamScript), ["Abstractions", "Storage", "Workflows"] },
        { typeof(AgentTeams.Runs.TrainingPlan), ["Abstractions", "Workflows", "Rl", "Storage", "Storage.Sqlite"] },
        { typeof(AgentTeams.Serving.TeamServer), ["Abstractions", "Workflows", "Models"] },
        { typeof(AgentTeams.Hosting.HostedWorkflow), ["Abstractions", "Workflows"] },
        { typeof(AgentTeams.Hosting.WorkflowEndpoints), ["Abstractions", "Workflows", "Hosting"] },
        { typeof(AgentTeams.Cli.TeamCommandLine), ["Abstractions", "Workflows", "Models", "Models.Cpu", "Rl", "Storage", "Storage.Sqlite", "Runs", "Serving"] },
        { typeof(AgentTeams.SemanticKernel.KernelRoles), ["Abstractions", "Workflows", "Mcp", "Models", "Models.Cpu"] },
        { typeof(AgentTeams.AgentFramework.AgentRoles), ["Abstractions", "Workflows"] },
        { typeof(AgentTeams.AgentFramework.RecordedWorkflows), ["Abstractions", "Workflows", "AgentFramework", "Rl"] },
    };

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Assembly_OfARoom_UsesOnlyTheRoomsBelowIt(Type resident, string[] below) =>
        Assert.Empty(resident.Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("AgentTeams.", StringComparison.Ordinal))
            .Except(below.Select(b => "AgentTeams." + b)));
}
