using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>A kernel whose chat services and automatic function calls are recorded.</summary>
internal static class RecordingKernel
{
    public static Kernel Of(Kernel kernel)
    {
        if (kernel.Services is RecordingServices) return kernel;
        var recorded = new Kernel(new RecordingServices(kernel.Services), kernel.Plugins) { Culture = kernel.Culture };
        Copy(kernel.FunctionInvocationFilters, recorded.FunctionInvocationFilters);
        Copy(kernel.PromptRenderFilters, recorded.PromptRenderFilters);
        Copy(kernel.AutoFunctionInvocationFilters, recorded.AutoFunctionInvocationFilters);
        foreach (var (name, value) in kernel.Data) recorded.Data[name] = value;
        TrajectoryFilter.Ensure(recorded);
        return recorded;
    }

    private static void Copy<T>(IList<T> from, IList<T> to)
    {
        to.Clear();
        foreach (var item in from) to.Add(item);
    }
}
