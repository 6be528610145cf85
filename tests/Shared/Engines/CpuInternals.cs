namespace AgentTeams.Tests;

/// <summary>What the tests of kernels read and change directly.</summary>
internal static class CpuInternals
{
    public static AgentTeams.Models.ParameterSet ParametersOf(this LocalLanguageModel model, PolicyId policy) => ((CpuEngine)model.Engine).Trained(model.PartsOf(policy))[0];

    public static void Repack(this LocalLanguageModel model, PolicyId policy) => model.Engine.Refresh(model.PartsOf(policy));
}
