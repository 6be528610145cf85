using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>Recording of what kernels do without an agent.</summary>
public static class KernelRecording
{
    /// <summary>Records what a kernel does, such as a prompt function, as an invocation of a role.</summary>
    /// <param name="recorder">The recorder of this run.</param>
    /// <param name="role">The role's name.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="invoke">Uses the kernel that it is given: the same one, its chat services and automatic function calls recorded.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <example>
    /// <code>
    /// var text = await recorder.RecordAsync("translator", kernel,
    ///     (k, token) => k.InvokePromptAsync&lt;string&gt;("Translate hello.", cancellationToken: token));
    /// </code>
    /// </example>
    public static Task<T> RecordAsync<T>(this AgentRecorder recorder, string role, Kernel kernel, Func<Kernel, CancellationToken, Task<T>> invoke, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(invoke);
        return recorder.RecordOneAsync(
            () => recorder.Begin(recorder.SeatOf(role, kernel, isWrapped: false), []).WithoutToolBodies(),
            (_, token) => invoke(RecordingKernel.Of(kernel), token), (_, _) => { }, cancellationToken);
    }

    /// <summary>Calls a kernel function, filters and all, and records it as a tool call between two agents.</summary>
    /// <param name="recorder">The recorder of this run.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="function">The function; its name becomes the node's.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static Task<FunctionResult> InvokeAsync(this AgentRecorder recorder, Kernel kernel, KernelFunction function, KernelArguments? arguments = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recorder);
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(function);
        return recorder.RecordToolAsync(function.Name, function, arguments ?? [], token => function.InvokeAsync(kernel, arguments, token), result => result.GetValue<object>(), cancellationToken);
    }

    /// <summary>
    /// A chat-completion service whose every call is an invocation of a role: give it to a manager of an orchestration, whose
    /// choices then are recorded, rewarded and trained like an agent's words.
    /// </summary>
    /// <param name="service">The service.</param>
    /// <param name="recorder">The recorder of this run.</param>
    /// <param name="role">The role's name, for example "manager".</param>
    public static IChatCompletionService Recorded(this IChatCompletionService service, AgentRecorder recorder, string role)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(recorder);
        return new RoleService(service, recorder, role);
    }

    /// <summary>A kernel whose service of that key answers, recorded as a role: what an orchestration's manager is given.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="recorder">The recorder of this run.</param>
    /// <param name="role">The role's name.</param>
    /// <param name="serviceId">The key of the service; null for whatever the kernel would choose.</param>
    public static IChatCompletionService AsRecordedService(this Kernel kernel, AgentRecorder recorder, string role, string? serviceId = null)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return kernel.AsChatClient(serviceId).AsChatCompletionService().Recorded(recorder, role);
    }
}
