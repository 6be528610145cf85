using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>A team's workflow as a function of a kernel.</summary>
public static class KernelWorkflows
{
    /// <summary>A workflow as a kernel function, so that an agent can ask a whole team.</summary>
    /// <param name="workflow">The workflow, bound with <see cref="WorkflowBinding.Bind"/>.</param>
    /// <param name="runtime">The models behind its roles.</param>
    /// <param name="options">The key, limits and clock of each run.</param>
    public static KernelFunction AsKernelFunction<TInput, TOutput>(this BoundWorkflow<TInput, TOutput> workflow, TeamRuntime runtime, WorkflowRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        ArgumentNullException.ThrowIfNull(runtime);
        return workflow.AsAIFunction(runtime, options).AsKernelFunction();
    }
}
