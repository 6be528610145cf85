using Microsoft.Extensions.AI;

namespace AgentTeams.SemanticKernel;

/// <summary>Tools of loops that fire no filter of Semantic Kernel, and so do not say that they leave an invocation.</summary>
internal static class ToolBodies
{
    /// <summary>The invocation, which from now on does not hear what the tools of such a loop ask of models.</summary>
    public static AgentInvocation WithoutToolBodies(this AgentInvocation invocation)
    {
        var around = FunctionInvokingChatClient.CurrentContext;
        invocation.IsInTool = () => FunctionInvokingChatClient.CurrentContext is { } tool && tool != around;
        return invocation;
    }
}
