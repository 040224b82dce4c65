import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application'
import { Widget } from '@lumino/widgets'
import logoAddress from '../style/favicon.svg?url'

/** Our sign in the corner; it opens the start page. */
export const logo: JupyterFrontEndPlugin<void> = {
  id: 'medtune:logo',
  autoStart: true,
  activate({ commands, shell }: JupyterFrontEnd): void {
    const widget = new Widget({ node: document.createElement('button') })
    widget.id = 'medtune-logo'
    widget.node.title = 'medtune: start page'
    const image = document.createElement('img')
    image.src = logoAddress
    image.alt = 'medtune: start page'
    widget.node.append(image)
    widget.node.addEventListener('click', () => void commands.execute('launcher:create'))
    shell.add(widget, 'top', { rank: 0 })
  },
}
